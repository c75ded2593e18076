"""A package, so that its processes are ended before the tests of another folder go on."""
