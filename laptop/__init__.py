"""Everything on one machine: what `make run` and `make down` do. Nothing here is needed on AWS."""
