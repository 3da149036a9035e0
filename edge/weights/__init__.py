"""Weights of recognisers: fetched, checked, kept and removed."""
