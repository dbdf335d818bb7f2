# Two commands do all the set-up: make demo, make test. README.md says the rest.
.PHONY: demo demo-reset test check prove bench pictures

demo:        ## the console with a real organization, on http://127.0.0.1:$(PORT)
	@.ci/demo

demo-reset:  ## the same, from an empty database
	@.ci/demo --reset

test:        ## the whole suite: SQLite, PostgreSQL where it is found, the browser where it is found
	@.ci/test

check:       ## format, lint, types, import contracts, migrations, templates
	@.ci/check

prove:       ## the same properties, much deeper
	@.ci/test prove

bench:       ## measurements
	@.ci/test bench

pictures:    ## the pictures of the administrator's guide, taken anew
	@.ci/environment test
	@.venv/bin/python -m pytest -q -n 0 -m pictures tests/console/test_pictures.py
