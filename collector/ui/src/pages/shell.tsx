import { useId } from 'preact/hooks';
import { Foreign } from '../kit/text.tsx';
import { switchTo } from '../state/project.ts';
import { start } from '../state/start.ts';
import { chooseTheme, chosenTheme, THEMES, type Theme } from '../state/theme.ts';
import { shortened, shown } from '../text/shown.ts';

/** The tally mark. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
      <path d="M7 6v20M13 6v20M19 6v20M25 6v20M3 22 29 10" />
    </svg>
  );
}

/** The project that is shown; where there are others, the way to them. */
export function ProjectSwitch() {
  const id = useId();
  const { project = '', projects = [] } = start.value ?? {};
  if (projects.length < 2) {
    return (
      <p class="project">
        <Foreign text={project} limit={40} />
      </p>
    );
  }
  return (
    <div class="project">
      <label for={id} class="sr">
        Project
      </label>
      <span class="select">
        <select id={id} value={project} onChange={(event) => switchTo(event.currentTarget.value)}>
          {projects.map((one) => (
            <option key={one.name} value={one.name} selected={one.name === project}>
              {shortened(shown(one.name), 40)}
            </option>
          ))}
        </select>
      </span>
    </div>
  );
}

const NAMES: Record<Theme, string> = { system: 'as the system', light: 'light', dark: 'dark' };

/** What belongs to the program rather than to a page. */
export function Bottom() {
  const id = useId();
  return (
    <footer class="bottom">
      <p>Tallymark {start.value?.version}</p>
      <p>
        Licences of the <a href="/static/licenses.txt">programs</a> and the{' '}
        <a href="/static/license-font.txt">font</a> in this page
      </p>
      <p class="theme">
        <label for={id}>Colours</label>
        <span class="select">
          <select
            id={id}
            value={chosenTheme.value}
            onChange={(event) => chooseTheme(event.currentTarget.value as Theme)}
          >
            {THEMES.map((one) => (
              <option key={one} value={one} selected={one === chosenTheme.value}>
                {NAMES[one]}
              </option>
            ))}
          </select>
        </span>
      </p>
    </footer>
  );
}
