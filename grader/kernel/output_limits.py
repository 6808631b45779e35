"""How much of a notebook's outputs is kept, and of an array copied. Nobody may change these."""

# outputs.py

#: of the prints of one cell the first and the last characters are kept
HEAD_CHARACTERS, TAIL_CHARACTERS = 400_000, 400_000
#: of one output that is no print, and of all of a cell
MAX_OUTPUT_BYTES, MAX_CELL_BYTES = 8 << 20, 16 << 20
MAX_OUTPUTS = 400

# run_cells.py

#: of one file beside the notebook, as data that it reads
MAX_COPY_BYTES = 8 << 20
