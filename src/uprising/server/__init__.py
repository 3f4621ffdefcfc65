"""The page's server: a few routes over run folders and cases, and runs started from the page."""
