import { assertEquals, assertThrows } from "@std/assert";
import { readAudioSettings } from "../../src/multimodal/audio_processor_config.ts";
import { CheckpointError } from "../../src/core/errors.ts";

const WHISPER = { feature_extractor_type: "WhisperFeatureExtractor" };

Deno.test("the files of Whisper and Qwen2-Audio are read", () => {
  const whisper = readAudioSettings({
    ...WHISPER,
    chunk_length: 30,
    dither: 0.0,
    feature_size: 80,
    hop_length: 160,
    mel_filters: [[0.5]],
    n_fft: 400,
    n_samples: 480000,
    nb_max_frames: 3000,
    padding_side: "right",
    padding_value: 0.0,
    processor_class: "WhisperProcessor",
    return_attention_mask: false,
    sampling_rate: 16000,
  });
  const common = {
    samplingRate: 16000,
    numSamples: 480000,
    isSplit: false,
    paddingValue: 0,
    windowLength: 400,
    hopLength: 160,
  };
  assertEquals(whisper, {
    ...common,
    numMelBins: 80,
    maskName: "attention_mask",
    masksFrames: false,
    masksSamples: false,
  });
  const nested = { processor_class: "Qwen2AudioProcessor", feature_extractor: { ...WHISPER, feature_size: 128 } };
  assertEquals(readAudioSettings(nested), {
    ...common,
    numMelBins: 128,
    maskName: "feature_attention_mask",
    masksFrames: true,
    masksSamples: false,
  });
});

Deno.test("Voxtral's sounds are split, whatever the chunk length says", () => {
  const voxtral = { ...WHISPER, feature_size: 128, processor_class: "VoxtralProcessor", return_attention_mask: true };
  const { numSamples, isSplit, masksFrames, masksSamples } = readAudioSettings({ ...voxtral, chunk_length: 20 });
  assertEquals([numSamples, isSplit, masksFrames, masksSamples], [480000, true, false, false]);
  const error = assertThrows(() => readAudioSettings({ ...voxtral, hop_length: 200 }), CheckpointError);
  assertEquals(error.param, "preprocessor_config.json: hop_length");
});

Deno.test("a fault names its key", () => {
  const faults: [object, string][] = [
    [{}, "feature_extractor_type"],
    [{ feature_extractor_type: "ClapFeatureExtractor" }, "feature_extractor_type"],
    [{ ...WHISPER, fmin: 50 }, "fmin"],
    [{ ...WHISPER, dither: 0.1 }, "dither"],
    [{ ...WHISPER, padding_side: "left" }, "padding_side"],
    [{ ...WHISPER, padding_value: "0" }, "padding_value"],
    [{ ...WHISPER, return_attention_mask: 1 }, "return_attention_mask"],
    [{ ...WHISPER, n_fft: 401 }, "n_fft"],
    [{ ...WHISPER, n_fft: 0 }, "n_fft"],
    [{ ...WHISPER, hop_length: 1.5 }, "hop_length"],
    [{ ...WHISPER, feature_size: null }, "feature_size"],
    [{ ...WHISPER, sampling_rate: 100, chunk_length: 2 }, "chunk_length"],
  ];
  for (const [file, key] of faults) {
    const error = assertThrows(() => readAudioSettings(file), CheckpointError);
    assertEquals(error.param, `preprocessor_config.json: ${key}`);
  }
});
