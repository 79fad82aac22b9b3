/**
 * The settings of LFM2-VL's picture processor.
 *
 * @module
 */
import { HALF_STATISTICS, readLevels } from "./levels.ts";
import { readResample, type TorchvisionFilter } from "./resize_picture.ts";
import { readCount, readFlag, settingFault, type Settings, withDefaults } from "./settings.ts";
import { gridsOf, MOST_TILES, type TileGrid } from "./tile_grids.ts";

const DEFAULTS: Settings = {
  ...HALF_STATISTICS,
  resample: 2,
  downsample_factor: 2,
  do_image_splitting: true,
  min_tiles: 2,
  max_tiles: 10,
  use_thumbnail: true,
  min_image_tokens: 64,
  max_image_tokens: 256,
  encoder_patch_size: 16,
  tile_size: 512,
  max_pixels_tolerance: 2,
  do_pad: true,
};

/** What becomes of a picture. */
export interface Lfm2VlSteps {
  /** Side of a patch, pixels. */
  readonly patchSize: number;
  /** Sides of the whole picture are multiples of this, pixels. */
  readonly factor: number;
  /** Least area of it, pixels. */
  readonly minPixels: number;
  /** Largest area of it, pixels. */
  readonly maxPixels: number;
  /** Area from which on it is cut, pixels. */
  readonly largeFrom: number;
  /** Side of a tile, pixels. */
  readonly tileSize: number;
  /** The grids to choose from; none: pictures are never cut. */
  readonly grids: readonly TileGrid[];
  /** Whether the whole picture follows its tiles. */
  readonly hasThumbnail: boolean;
  /** Length of a sequence of patches. */
  readonly numPatches: number;
  /** Filter of every resize. */
  readonly resample: TorchvisionFilter;
  /** Value of each 8-bit level, channel after channel, `[3 * 256]`. */
  readonly levels: Float32Array;
  /** Whether grids and sizes are given too. */
  readonly tellsGrids: boolean;
}

/**
 * Reads them over the defaults of the class.
 *
 * @throws {CheckpointError} If a key that changes pixels has an unknown value.
 */
export function readLfm2VlSteps(given: Settings): Lfm2VlSteps {
  const config = withDefaults(given, DEFAULTS);
  if (!readFlag(config, "do_pad")) throw settingFault("do_pad", "true for this class", config["do_pad"]);
  const count = (key: string) => readCount(key, config[key]);
  const [patchSize, tileSize] = [count("encoder_patch_size"), count("tile_size")];
  const downsample = count("downsample_factor");
  const [least, most] = [count("min_image_tokens"), count("max_image_tokens")];
  const isSplit = readFlag(config, "do_image_splitting");
  if (isSplit && tileSize % patchSize !== 0) throw settingFault("tile_size", `a multiple of ${patchSize}`, tileSize);
  const tolerance = config["max_pixels_tolerance"];
  if (typeof tolerance !== "number") throw settingFault("max_pixels_tolerance", "a number", tolerance);
  const factor = patchSize * downsample;
  return {
    patchSize,
    factor,
    minPixels: least * factor ** 2,
    maxPixels: most * factor ** 2,
    largeFrom: most * factor ** 2 * tolerance,
    tileSize,
    grids: isSplit ? readGrids(config) : [],
    tellsGrids: readFlag(config, "return_row_col_info"),
    hasThumbnail: readFlag(config, "use_thumbnail"),
    numPatches: Math.max(most * downsample ** 2, isSplit ? (tileSize / patchSize) ** 2 : 0),
    resample: readResample({ ...config, do_resize: true }),
    levels: readLevels(config),
  };
}

function readGrids(config: Settings): TileGrid[] {
  const [least, most] = ["min_tiles", "max_tiles"].map((key) => readCount(key, config[key]));
  if (least > most || most > MOST_TILES) {
    throw settingFault("max_tiles", `a number from min_tiles to ${MOST_TILES}`, most);
  }
  return most === 1 ? [] : gridsOf(least, most);
}
