"""HTTP as this collector speaks it: Uvicorn's parser, our promises about early closes and time."""
