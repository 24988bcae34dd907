"""The store: replays an order file, or simulates a store, into a Kinesis data stream."""
