"""Sigma, all of it: from rule files to findings on columns of records."""
