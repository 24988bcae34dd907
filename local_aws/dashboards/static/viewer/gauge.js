// Gauge: a number on an arc, the target as a mark.
"use strict";
(() => {
  Viewer.kinds.GaugeChart = {
    summary: (visual) => visual.columns.map((column, at) => `${column.label}: ${Viewer.format(visual.rows[0]?.[at], column)}`).join(", ") + ".",
    option: (visual, size) => {
      const { options } = visual;
      const ink = Viewer.ink();
      const [column] = visual.columns;
      const [raw, target] = visual.rows[0];
      const value = Number(raw ?? 0);
      const low = options.min ?? Math.min(0, value);
      const high = options.max ?? (options.target && Number(target) ? Math.max(value, Number(target)) * 1.1 : value > 0 ? value * 2 : 1);
      const family = getComputedStyle(document.body).fontFamily;
      const [accent, other] = Viewer.colors();
      const radius = Math.min(size.width * 0.4, size.height * 0.6);
      const arc = { type: "gauge", startAngle: 200, endAngle: -20, min: low, max: high, center: ["50%", size.height * 0.64], radius, pointer: { show: false }, axisTick: { show: false }, splitLine: { show: false },
        axisLabel: { show: true, distance: -34, color: ink.muted, fontSize: 11, formatter: (tick) => (tick === low || tick === high ? Viewer.compact(tick, column) : "") }, splitNumber: 1 };
      const marks = options.target && target !== null ? [{ ...arc, axisLine: { show: false }, axisLabel: { show: false }, progress: { show: false }, detail: { show: false },
        pointer: { show: true, icon: "rect", width: 3, length: 26, offsetCenter: [0, -radius + 20], itemStyle: { color: other } }, data: [{ value: Number(target) }] }] : [];
      return {
        tooltip: { trigger: "item", formatter: () => Viewer.tip(visual.title || column.label, visual.columns.map((one, at) => [one.label, Viewer.format(visual.rows[0][at], one)])) },
        series: [{ ...arc, axisLine: { lineStyle: { width: 18, color: [[1, ink.line]] } }, progress: { show: true, width: 18, itemStyle: { color: accent } },
          title: { show: options.target, offsetCenter: [0, "14%"], color: ink.muted, fontSize: 12 },
          detail: { valueAnimation: false, offsetCenter: [0, "-12%"], color: ink.text, fontFamily: family, fontSize: Math.max(16, Math.min(28, radius / 4)), fontWeight: 650, formatter: () => Viewer.format(raw, column) },
          data: [{ value, name: options.target ? `target ${Viewer.format(target, visual.columns[1])}` : "" }] }, ...marks],
      };
    },
  };
})();
