#pragma once
/*
 * config/simulate.h — `ioc simulate`: a city of devices that publish over MQTT as real ones do.
 *
 * Seeded: the same seed gives the same devices, and the same message at the same simulated moment.  Only stamps
 * and message ids tell one run from another.  What is measured runs `--compress` times faster than the clock (a
 * tide in minutes); what is stamped is the present.
 *
 *   config/simulate_city.h       places, families, devices, what they measure
 *   config/simulate_weather.h    tide, storm cells, water on streets
 *   config/simulate_fault.h      what goes wrong with devices on purpose
 *   config/simulate_message.h    each family's own way of writing
 *   config/simulate_publisher.h  the way to the broker
 *
 * Memory   per device about 200 bytes; 4,096 messages on their way at most
 * Thread   the main one, and paho's
 */
int ioc_simulate_main(int argc, char **argv);
