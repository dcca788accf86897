"""The web face: Flask for pages, a thin front before it for SPARQL, granian to serve both."""
