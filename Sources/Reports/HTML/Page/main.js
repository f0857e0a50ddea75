// Puts the drawings into the page.

const data = JSON.parse(document.getElementById('data').textContent);
const table = new OperationTable(data.history);
const whole = new Timeline(table, data, document.getElementById('timeline-view'));
for (const figure of document.querySelectorAll('.story')) {
  new Story(data.stories[Number(figure.dataset.story)], figure, whole);
}
const replay = document.getElementById('replay');
if (replay && data.tracks.length) new Replay(data.tracks, table, data.clock === 'time', replay, whole);
if (data.plots) drawPlots(data.plots, table.span, document.getElementById('plots-view'));
document.documentElement.dataset.ready = Math.round(performance.now());
// On paper nothing can be opened.
addEventListener('beforeprint', () => { for (const details of document.querySelectorAll('details')) details.open = true; });
