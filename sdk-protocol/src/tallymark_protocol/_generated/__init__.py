"""Everything here is generated from spec/."""
