import { shortened, shown } from '../text/shown.ts';

interface Props {
  text: string;
  limit?: number;
}

/** Text that somebody else chose: isolated from its surroundings, nothing invisible in it. */
export function Foreign({ text, limit }: Props) {
  const visible = shown(limit === undefined ? text : shortened(text, limit));
  return visible === text ? <bdi>{visible}</bdi> : <bdi title={shown(text)}>{visible}</bdi>;
}
