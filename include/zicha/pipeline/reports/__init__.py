"""Reports of a run and documents of a form: their facts gathered, their files sealed."""
