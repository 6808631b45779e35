"""The cases of the built-in assignment's solution."""

from grader.assignment.definition import Assignment
from grader.assignment.solution_cases import SolutionCases

CASES = SolutionCases(Assignment.load())
