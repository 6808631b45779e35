"""Plain data that every other part of the grader uses: results, people, options and errors."""
