"""The doors: one blueprint per step of the journey. Check, translate, hand over, answer."""
