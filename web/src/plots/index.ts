// All plots, in the order in which the page shows them.
import { components } from "./components";
import { confusionMatrix, normalisedConfusionMatrix } from "./confusion_matrix";
import { contour } from "./contour";
import { dataset } from "./dataset";
import { edf } from "./edf";
import { hypervolumeHistory } from "./hypervolume_history";
import { intermediateValues } from "./intermediate_values";
import { learningCurves } from "./learning_curves";
import { metricsByParameter } from "./metrics_by_parameter";
import { optimizationHistory } from "./optimization_history";
import { parallelCoordinates } from "./parallel_coordinates";
import { paramImportances } from "./param_importances";
import { paretoFront } from "./pareto_front";
import { places } from "./places";
import { rank } from "./rank";
import { slice } from "./slice";
import { timeline } from "./timeline";
import type { PlotView } from "./view";

export const plotViews: PlotView[] = [
  optimizationHistory,
  paramImportances,
  paretoFront,
  hypervolumeHistory,
  parallelCoordinates,
  slice,
  contour,
  rank,
  metricsByParameter,
  places,
  components,
  intermediateValues,
  learningCurves,
  edf,
  timeline,
];

/** All that can be drawn as pictures: beside the plots what the page has as tables. */
export const pictureViews: PlotView[] = [...plotViews, dataset, confusionMatrix, normalisedConfusionMatrix];
