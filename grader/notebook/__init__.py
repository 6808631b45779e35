"""A notebook as handed in: read as data, harvested for its functions, run behind the wall, its figures compared."""
