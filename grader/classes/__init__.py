"""A whole class: where its submissions are found and who runs them."""
