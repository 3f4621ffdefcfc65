"""Submodels written from the text of the ODD alone, in plain Python, by readers who had not seen the code."""
