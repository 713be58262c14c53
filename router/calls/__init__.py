"""The record of each call: events in, one row out."""
