"""Where events, ledgers, projects and keys are kept: contracts here, one folder per database."""
