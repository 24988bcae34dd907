"""The crawler's core: a listing in, catalog changes out. Nothing here knows HTTP or the wire."""
