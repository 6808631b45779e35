"""What making one page may take; past it a sentence stands in the page's place. Nobody may change these."""

# class_pages.py

#: processor seconds of all pages of a class; past them similar submissions are not looked for
CLASS_SECONDS = 1_200

# page_maker.py

#: processor seconds of one page, and of one that is made once more without what takes long
FULL_SECONDS, SHORT_SECONDS = 10, 5
#: of one page, which nobody's browser shows if it is larger
MAX_PAGE_BYTES = 64 << 20

# page_worker.py

#: of the process that makes pages
PAGE_MEMORY_BYTES = 1 << 30
OPEN_FILES = 64
#: a process that has grown past this gives way to a new one
PAGE_RESIDENT_BYTES = 320 << 20
