"""The evaluator that defines every report: plain, slow, and what each engine is compared with.

It reads all events, groups them by user and follows the sentence of each definition. Nothing
here is written for speed.
"""
