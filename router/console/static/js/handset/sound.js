// Microphone, speaker, the sound of ringing, and how loud both sides are.

const LOOK_MS = 100;
const STEP = 4; // seconds of one round of the ring: two short bursts, then quiet
const can = "setSinkId" in HTMLMediaElement.prototype;

export const canChooseSpeaker = can;

/** How loud a stream is, 0 to 1; of what was heard since it was asked last. */
class Meter {
  constructor(context) {
    this._node = context.createAnalyser();
    this._node.fftSize = 1024;
    this._samples = new Float32Array(this._node.fftSize);
    this._context = context;
    this._source = null;
  }

  of(stream) {
    this._source?.disconnect();
    this._source = stream ? this._context.createMediaStreamSource(stream) : null;
    this._source?.connect(this._node);
  }

  level() {
    if (!this._source) return 0;
    this._node.getFloatTimeDomainData(this._samples);
    let sum = 0;
    for (const sample of this._samples) sum += sample * sample;
    const loud = 20 * Math.log10(Math.sqrt(sum / this._samples.length) + 1e-6);
    return Math.min(1, Math.max(0, (loud + 60) / 60));
  }
}

export class Sound {
  constructor({ remote, ring, onlevels, onmicrophone }) {
    this._remote = remote;
    this._ring = ring;
    this._onlevels = onlevels;
    this._onmicrophone = onmicrophone;
    this.microphone = null;
    this.clean = true; // echo and noise are taken out
    this._context = null;
    this._ringing = null;
    this._volume = 1;
  }

  /** Once somebody has pressed a button: before that a browser lets a page make no sound. */
  async start(device) {
    this._context ??= new AudioContext();
    await this._context.resume();
    if (!this._mine) {
      this._mine = new Meter(this._context);
      this._theirs = new Meter(this._context);
      const out = this._context.createMediaStreamDestination();
      this._out = this._context.createGain();
      this._out.gain.value = this._volume;
      this._out.connect(out);
      this._ring.srcObject = out.stream;
    }
    await this.listen(device);
    this._looking ??= setInterval(() => this._onlevels(this._mine.level(), this._theirs.level()), LOOK_MS);
  }

  async listen(device) {
    const clean = this.clean;
    const audio = { echoCancellation: clean, noiseSuppression: clean, autoGainControl: clean };
    if (device) audio.deviceId = { ideal: device };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    const before = this.microphone;
    this.microphone = stream;
    this._mine.of(stream);
    for (const track of before?.getTracks() ?? []) track.stop();
    const [track] = stream.getAudioTracks();
    track.onended = () => this._onmicrophone(false);
    this._onmicrophone(true);
    return track;
  }

  hear(stream) {
    this._remote.srcObject = stream;
    this._theirs.of(stream);
    this._remote.play().catch(() => {});
  }

  quiet() {
    this._remote.srcObject = null;
    this._theirs?.of(null);
  }

  async speaker(device) {
    if (can) await this._remote.setSinkId(device);
  }

  async ringer(device) {
    if (can) await this._ring.setSinkId(device);
  }

  volume(value) {
    this._volume = value;
    if (this._out) this._out.gain.value = value;
  }

  ring() {
    if (this._ringing || !this._context) return;
    this._context.resume();
    this._ring.play().catch(() => {});
    this._round();
    this._ringing = setInterval(() => this._round(), STEP * 1000);
  }

  // Two notes that change 20 times a second are heard through a room of talking people.
  _round() {
    const now = this._context.currentTime + 0.02;
    for (const burst of [0, 0.9]) {
      const tone = this._context.createOscillator();
      const gain = this._context.createGain();
      tone.type = "square";
      for (let at = 0; at < 0.6; at += 0.05) {
        tone.frequency.setValueAtTime(Math.round(at / 0.05) % 2 ? 1245 : 988, now + burst + at);
      }
      gain.gain.setValueAtTime(0, now + burst);
      gain.gain.linearRampToValueAtTime(0.35, now + burst + 0.02);
      gain.gain.setValueAtTime(0.35, now + burst + 0.57);
      gain.gain.linearRampToValueAtTime(0, now + burst + 0.6);
      tone.connect(gain).connect(this._out);
      tone.start(now + burst);
      tone.stop(now + burst + 0.62);
      this._tones = [...(this._tones ?? []).slice(-1), tone];
    }
  }

  hush() {
    clearInterval(this._ringing);
    this._ringing = null;
    for (const tone of this._tones ?? []) tone.disconnect();
    this._tones = [];
  }

  stop() {
    this.hush();
    this.quiet();
    clearInterval(this._looking);
    this._looking = null;
    this._mine?.of(null);
    for (const track of this.microphone?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.microphone = null;
    this._ring.pause();
  }
}
