"""The solved assignment: answer files, cases, the notebook text and what goes into the kit."""
