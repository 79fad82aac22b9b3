/**
 * Which grid of tiles a picture is cut into.
 *
 * Source: `get_optimal_tiled_canvas` of transformers' `image_processing_got_ocr2.py` and
 * `image_processing_cohere2_vision.py`, `find_closest_aspect_ratio` of `image_processing_lfm2_vl.py`.
 *
 * @module
 */
import type { ImageSize } from "./settings.ts";

/** How a picture is cut. */
export interface TileGrid {
  /** Tiles from top to bottom. */
  readonly rows: number;
  /** Tiles from left to right. */
  readonly columns: number;
}

/** Chooses among grids for a picture; `tile` is a tile's size. */
export type ChooseGrid = (grids: readonly TileGrid[], tile: ImageSize, picture: ImageSize) => TileGrid;

/** Most tiles that may be asked for: grids are tried one by one. */
export const MOST_TILES = 1024;

/** The grids of `least` to `most` tiles, those of few tiles first, of equal ones the narrow ones. */
export function gridsOf(least: number, most: number): TileGrid[] {
  const grids: TileGrid[] = [];
  for (let columns = 1; columns <= most; columns++) {
    for (let rows = 1; rows * columns <= most; rows++) {
      if (rows * columns >= least) grids.push({ rows, columns });
    }
  }
  return grids.sort((a, b) => a.rows * a.columns - b.rows * b.columns);
}

/** The grid whose shape is nearest to the picture's; of equal ones a larger one while the picture fills half of it. */
export function nearestShape(grids: readonly TileGrid[], tile: ImageSize, { width, height }: ImageSize): TileGrid {
  let best = { rows: 1, columns: 1 };
  let least = Infinity;
  for (const grid of grids) {
    const difference = Math.abs(width / height - grid.columns / grid.rows);
    const fillsHalf = width * height > 0.5 * tile.height * tile.width * grid.columns * grid.rows;
    if (difference < least || (difference === least && fillsHalf)) best = grid;
    least = Math.min(least, difference);
  }
  return best;
}

/** The grid that enlarges the picture least, else that which shrinks it least; the first of equal ones. */
export function leastEnlarged(grids: readonly TileGrid[], tile: ImageSize, { width, height }: ImageSize): TileGrid {
  const scaled = grids.map((grid) => ({
    grid,
    scale: Math.min(grid.columns * tile.height / width, grid.rows * tile.height / height),
  }));
  const enlarging = scaled.filter(({ scale }) => scale >= 1);
  return enlarging.length > 0
    ? enlarging.reduce((best, next) => next.scale < best.scale ? next : best).grid
    : scaled.reduce((best, next) => next.scale > best.scale ? next : best).grid;
}
