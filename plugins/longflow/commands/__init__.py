"""The commands of the command line, a module for each with its arguments and its action."""
