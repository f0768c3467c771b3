/** A detector by its words: `lost_update` is "Lost update". */
export function detectorWords(detector: string): string {
  const words = detector.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
