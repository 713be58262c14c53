"""The prompts as sound: synthetic speech and recorded takes, made once and kept in a cache."""

from __future__ import annotations

from ops.voice.audio import Tools, VoiceError
from ops.voice.build import Voice, build_voice
from ops.voice.place import remove_versions

__all__ = ["Tools", "Voice", "VoiceError", "build_voice", "remove_versions"]
