#pragma once
/*
 * rules/cel/city.h — what a city's rules ask beyond CEL: areas, distances, plates, texts without diacritics, air quality.
 *
 * area() and inside() get the city's areas as a hidden operand when the program is checked, so that evaluation needs
 * nothing from outside; a constant area becomes its index.
 *
 * distance_m   haversine on a sphere of the mean radius R = 6,371,008.8 m: a = sin²(Δφ/2) + cos φ1 cos φ2 sin²(Δλ/2),
 *              d = 2 R asin √a.  Within 0.57 % of the distance on the WGS 84 ellipsoid anywhere on Earth.
 * vn_aqi       I = (I_high − I_low) / (B_high − B_low) × (C − B_low) + I_low, rounded half up.
 *
 * Source   H. Moritz, Geodetic Reference System 1980 (mean radius R1); Decision 1459/QĐ-TCMT of 12 November 2019
 *          (VN_AQI), table 2: hourly breakpoints
 */
#include "rules/cel/checker.h"

/* After the overload of a call is known.  False with a complaint: no such area or pollutant, no areas, no such place. */
bool ioc_city_resolve(struct ioc_checker *checker, struct ioc_node *call);
