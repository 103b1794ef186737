"""Evaluation: strict scores, agreement of annotations, tables."""
