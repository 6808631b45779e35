"""A made-up class of students: what each of them hands in, derived from the reference, and what it should lose."""

from reference.samples.crowd import generated
from reference.samples.demo_class import Sample, samples
from reference.samples.writing import write_samples

__all__ = ["Sample", "generated", "samples", "write_samples"]
