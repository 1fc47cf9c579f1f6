import { useSignal } from '@preact/signals';

interface Props {
  text: string;
  label: string;
  primary?: boolean;
}

/** A button that puts *text* on the clipboard and says so. */
export function Copy({ text, label, primary = false }: Props) {
  const said = useSignal('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      said.value = 'Copied';
    } catch {
      said.value = 'Select the text and copy it';
    }
    setTimeout(() => {
      said.value = '';
    }, 2_500);
  };
  return (
    <span class="copy">
      <button type="button" class={primary ? 'primary' : undefined} onClick={copy}>
        {label}
      </button>
      <span role="status">{said.value}</span>
    </span>
  );
}
