import {
  activationNamed,
  buildGraph,
  type Graph,
  outputRows,
  projector,
  visionTower,
  type VisionTowerOptions,
  visionTowerSchema,
} from "../../../src/graph/mod.ts";

/** Tower and projector of a LLaVA configuration as one graph: `pixel_values` to `rows`. */
export function imageEncoder(config: Record<string, unknown>): Graph {
  return buildGraph("image", (g) => {
    const features = visionTower(g, visionTowerSchema.parse(config.vision_config), {
      featureLayer: config.vision_feature_layer as VisionTowerOptions["featureLayer"],
      selectStrategy: config.vision_feature_select_strategy as VisionTowerOptions["selectStrategy"],
    });
    const rows = projector(g, features, {
      hiddenSize: (config.text_config as { hidden_size: number }).hidden_size,
      activation: activationNamed(config.projector_hidden_act as string ?? "gelu")!,
      hasBias: config.multimodal_projector_bias as boolean ?? true,
    });
    outputRows(g, rows);
  });
}
