"""HTTP as this collector speaks it: Uvicorn's parser, our promises about early closes and time."""

try:
    import httptools  # noqa: F401
except ModuleNotFoundError as error:
    # Uvicorn would quietly fall back to a parser this protocol class does not belong to.
    raise ImportError(
        "The collector serves HTTP with httptools only. Install it: pip install httptools"
    ) from error
