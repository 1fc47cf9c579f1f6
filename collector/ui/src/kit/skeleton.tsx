/** Something of the size of what is coming, so that nothing jumps when it is there. */
export function Skeleton() {
  return (
    <div class="skeleton" role="status">
      <span class="sr">Loading</span>
    </div>
  );
}
