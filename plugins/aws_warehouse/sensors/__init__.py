"""Sensors that hold no slot while they wait."""
