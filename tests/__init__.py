"""The tests mirror the code: tests/<same path>/test_<module>.py."""
