"""A path in, the files at it out, as data: folders, archives, encodings, layouts."""
