import { render } from 'preact';
import { App } from './app.tsx';
import './style/tokens.css';
import './style/layout.css';
import './style/parts.css';
import './style/fields.css';
import './style/lists.css';
import './style/narrow.css';
import './style/charts.css';
import './style/numbers.css';

const root = document.getElementById('app');
if (root) render(<App />, root);
