const COLOURS = 10;

/** Return the class that gives a line its colour; what is left over is always grey. */
export function colour(place: number, rest = false): string {
  return rest ? 'c-rest' : `c${place % COLOURS}`;
}
