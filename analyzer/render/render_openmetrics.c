/* SPDX-License-Identifier: MIT */
/*
 * OpenMetrics text, for Prometheus and its kin. Gauges and counters alone, so that node_exporter
 * takes it as well, which reads the older format of Prometheus.
 */
#include "analyzer/render/render.h"

#include <stdlib.h>

#include "analyzer/render/text_output.h"
#include "analyzer/report/metrics.h"

static void print_escaped(FILE *out, const char *any)
{
	char *escaped = text_escaped(any);
	const char *at;

	for (at = escaped; *at; at++) {
		if (*at == '"' || *at == '\\')
			fputc('\\', out);
		fputc(*at, out);
	}
	free(escaped);
}

/* *COUNT: how many labels the sample has already. */
static void print_label(FILE *out, const char *name, const char *value, size_t *count)
{
	fprintf(out, "%s%s=\"", (*count)++ ? "," : "{", name);
	print_escaped(out, value);
	fputc('"', out);
}

static void print_sample(FILE *out, const struct metrics *metrics,
			 const struct metric_family *family, const struct metric_sample *sample)
{
	size_t count = 0, i;

	fprintf(out, "%s%s", family->name, family->type == METRIC_COUNTER ? "_total" : "");
	if (metrics->common_name)
		print_label(out, metrics->common_name, metrics->common_value, &count);
	for (i = 0; i < METRIC_LABELS_MAX && family->label_names[i]; i++)
		print_label(out, family->label_names[i], sample->labels[i], &count);
	fprintf(out, "%s %.15g\n", count ? "}" : "", sample->value);
}

static void print_family(FILE *out, const struct metrics *metrics,
			 const struct metric_family *family)
{
	size_t i;

	fprintf(out, "# TYPE %s %s\n", family->name,
		family->type == METRIC_COUNTER ? "counter" : "gauge");
	fprintf(out, "# HELP %s %s\n", family->name, family->help);
	for (i = 0; i < family->count; i++)
		print_sample(out, metrics, family, &family->samples[i]);
}

void render_openmetrics(const struct report *report, FILE *out, bool color)
{
	struct metrics metrics = metrics_of(report);
	size_t i;

	(void)color;
	for (i = 0; i < metrics.count; i++)
		print_family(out, &metrics, &metrics.families[i]);
	fputs("# EOF\n", out);
	metrics_clear(&metrics);
}
