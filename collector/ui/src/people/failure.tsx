import type { Problem } from '../api/problem.ts';
import { Notice } from '../kit/notice.tsx';
import { Foreign } from '../kit/text.tsx';

export function Failure({ problem }: { problem: Problem }) {
  return (
    <Notice title="The people cannot be shown" tone="bad">
      <p>
        <Foreign text={problem.message} />
      </p>
    </Notice>
  );
}
