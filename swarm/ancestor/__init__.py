"""Reading an older blackboard: many records in one file, written by hand in many spellings.

Each kind has one module that knows its shapes: `covers` says which files hold
it, `read` yields their rows, `names` says which ids a line names. They are
pure. `read` gathers the rows, `drafts` makes them records, `origin` and `dated`
ask the source's files and its history. `verdicts` reads what became of a lane's
expectation off its words, and `amounts` off its numbers.
"""
