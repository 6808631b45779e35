"""A notebook as handed in: read as data, searched for its functions, run behind the wall, its figures compared."""
