"""An annex's table becomes a draft declaration: what is not understood is kept word for word."""
