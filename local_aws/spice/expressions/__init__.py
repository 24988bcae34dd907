"""QuickSight's expression language: calculated fields and filter conditions, parsed and turned into SQL."""
