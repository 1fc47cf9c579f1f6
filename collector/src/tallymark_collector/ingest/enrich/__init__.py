"""What a request tells of the visitor who sent it, beside its events.

Nothing here changes an event: what is found is stored beside it, so that a repetition of the event
from another network is still the same event (LED-11). Only the scrubber takes something away, and
it always takes the same.
"""
