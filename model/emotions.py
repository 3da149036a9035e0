"""The emotion labels undertone speaks in, in the order of every probability vector."""

NEUTRAL = "neutral"

EKMAN_LABELS: tuple[str, ...] = (NEUTRAL, "anger", "disgust", "fear", "joy", "sadness", "surprise")
"""Ekman's six and neutral: the labels of MELD and Emotion-Cause-in-Friends."""

IEMOCAP_LABELS: tuple[str, ...] = (NEUTRAL, "happiness", "sadness", "anger", "excitement", "frustration")
"""The six labels in which IEMOCAP is commonly used, neutral first."""
