"""The routing plan as it is edited: judged, changed by forms, compared and asked questions."""
